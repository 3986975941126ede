"""The errors that only this package answers with."""

from coterie.errors import Entry

NOT_A_VOICE_CHANNEL = Entry(400, "not_a_voice_channel", "You can only talk in voice channels.")
THEY_MAY_NOT_CONNECT = Entry(400, "they_may_not_connect", "They don't have permission to join that voice channel.")
MAY_NOT_SPEAK = Entry(403, "may_not_speak", "You don't have permission to speak or share video in this voice channel.")
NOT_ABOVE_THEM = Entry(403, "not_above_them", "You can only do that to members below your highest role.")
VOICE_CHANNEL_FULL = Entry(409, "voice_channel_full", "This voice channel is full.")
NOT_IN_VOICE = Entry(404, "not_in_voice", "They are not in this voice channel.")
NOT_IN_VOICE_YET = Entry(400, "not_in_voice_yet", "Join the voice channel first.")
SOMEBODY_IS_LIVE = Entry(400, "somebody_is_live", "Someone else is already live in this channel.")
NOT_LIVE = Entry(404, "not_live", "No one is live in this channel.")
NOT_THE_BROADCASTER = Entry(403, "not_the_broadcaster", "Only the person who is live can end the broadcast.")
