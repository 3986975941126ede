// The routes about people: friends, blocks, privacy, and conversations.
import { answered, type Http } from "./http";
import type {
  ConversationChange,
  ConversationCreation,
  FriendRequestOrder,
  Id,
  PrivacyChange,
} from "./types";

export type FriendCalls = ReturnType<typeof friendCalls>;
export type ConversationCalls = ReturnType<typeof conversationCalls>;

export function friendCalls(http: Http) {
  const person = (user_id: Id) => ({ params: { path: { user_id } } });
  return {
    contacts: () => answered(http.GET("/api/contacts")).then(({ contacts }) => contacts),
    requests: () =>
      answered(http.GET("/api/friends/requests", { params: { query: { direction: "all" } } })).then(
        ({ requests }) => requests,
      ),
    request: (body: FriendRequestOrder) => answered(http.POST("/api/friends/request", { body })),
    respond: (request_id: Id, accept: boolean) =>
      answered(http.POST("/api/friends/respond", { body: { request_id, accept } })),
    cancel: (request_id: Id) =>
      answered(http.DELETE("/api/friends/requests/{request_id}", { params: { path: { request_id } } })),
    remove: (id: Id) => answered(http.DELETE("/api/friends/{user_id}", person(id))),
    blocks: () => answered(http.GET("/api/blocks")),
    block: (id: Id) => answered(http.PUT("/api/blocks/{user_id}", person(id))),
    unblock: (id: Id) => answered(http.DELETE("/api/blocks/{user_id}", person(id))),
    privacy: () => answered(http.GET("/api/users/@me/privacy")),
    setPrivacy: (body: PrivacyChange) => answered(http.PATCH("/api/users/@me/privacy", { body })),
  };
}

export function conversationCalls(http: Http) {
  const at = (conversation_id: Id) => ({ params: { path: { conversation_id } } });
  const person = (conversation_id: Id, user_id: Id) => ({ params: { path: { conversation_id, user_id } } });
  return {
    list: () =>
      answered(http.GET("/api/conversations", { params: { query: { limit: 100 } } })).then(
        ({ conversations }) => conversations,
      ),
    get: (id: Id) => answered(http.GET("/api/conversations/{conversation_id}", at(id))),
    create: (body: ConversationCreation) => answered(http.POST("/api/conversations", { body })),
    change: (id: Id, body: ConversationChange) =>
      answered(http.PATCH("/api/conversations/{conversation_id}", { ...at(id), body })),
    add: (id: Id, user: Id) =>
      answered(http.PUT("/api/conversations/{conversation_id}/participants/{user_id}", person(id, user))),
    remove: (id: Id, user: Id) =>
      answered(http.DELETE("/api/conversations/{conversation_id}/participants/{user_id}", person(id, user))),
    hide: (id: Id) => answered(http.PUT("/api/conversations/{conversation_id}/hidden", at(id))),
    show: (id: Id) => answered(http.DELETE("/api/conversations/{conversation_id}/hidden", at(id))),
    decline: (id: Id) => answered(http.PUT("/api/conversations/{conversation_id}/call/declined", at(id))),
    receipts: (id: Id) => answered(http.GET("/api/conversations/{conversation_id}/receipts", at(id))),
  };
}
