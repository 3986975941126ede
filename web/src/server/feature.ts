import type { CreateFeature } from "../feature";

export const server: CreateFeature = () => ({
  serverPages: {
    overview: ["MANAGE_SERVER"],
    roles: ["MANAGE_ROLES"],
    channels: ["MANAGE_CHANNELS"],
    members: ["MANAGE_ROLES", "KICK_MEMBERS", "BAN_MEMBERS", "MUTE_MEMBERS"],
  },
});
