"""The list of all features: what this server consists of, and in which order its API is described.

To add a feature, write its `feature.py` and add it here. To remove it, delete its package and its lines here.
"""

from collections.abc import Sequence
from typing import Final

from coterie import errors
from coterie.access_tokens.feature import FEATURE as ACCESS_TOKENS
from coterie.account_deletion.feature import FEATURE as ACCOUNT_DELETION
from coterie.account_export.feature import FEATURE as ACCOUNT_EXPORT
from coterie.accounts.feature import FEATURE as ACCOUNTS
from coterie.administration.feature import FEATURE as ADMINISTRATION
from coterie.audit.feature import FEATURE as AUDIT
from coterie.automod.feature import FEATURE as AUTOMOD
from coterie.avatars.feature import FEATURE as AVATARS
from coterie.bots.feature import FEATURE as BOTS
from coterie.channels.feature import FEATURE as CHANNELS
from coterie.conversations.feature import FEATURE as CONVERSATIONS
from coterie.documents.feature import FEATURE as DOCUMENTS
from coterie.email_notifications.feature import FEATURE as EMAIL_NOTIFICATIONS
from coterie.emojis.feature import FEATURE as EMOJIS
from coterie.exporting.feature import FEATURE as EXPORTING
from coterie.feature import Feature, declared
from coterie.files.feature import FEATURE as FILES
from coterie.friends.feature import FEATURE as FRIENDS
from coterie.gifs.feature import FEATURE as GIFS
from coterie.health.feature import FEATURE as HEALTH
from coterie.http import rate_limits
from coterie.http.rate_limits import Limit
from coterie.inbox.feature import FEATURE as INBOX
from coterie.invites.feature import FEATURE as INVITES
from coterie.mail.feature import FEATURE as MAIL
from coterie.messages.feature import FEATURE as MESSAGES
from coterie.moderation.feature import FEATURE as MODERATION
from coterie.notifications.feature import FEATURE as NOTIFICATIONS
from coterie.passkeys.feature import FEATURE as PASSKEYS
from coterie.polls.feature import FEATURE as POLLS
from coterie.presence.feature import FEATURE as PRESENCE
from coterie.previews.feature import FEATURE as PREVIEWS
from coterie.profiles.feature import FEATURE as PROFILES
from coterie.registration.feature import FEATURE as REGISTRATION
from coterie.reports.feature import FEATURE as REPORTS
from coterie.retention.feature import FEATURE as RETENTION
from coterie.roles.feature import FEATURE as ROLES
from coterie.row_lifetimes.ending import OF_CORE
from coterie.scheduled_events.feature import FEATURE as SCHEDULED_EVENTS
from coterie.search.feature import FEATURE as SEARCH
from coterie.second_factor.feature import FEATURE as SECOND_FACTOR
from coterie.security_events.feature import FEATURE as SECURITY_EVENTS
from coterie.servers.feature import FEATURE as SERVERS
from coterie.sync.feature import FEATURE as SYNC
from coterie.usage.feature import FEATURE as USAGE
from coterie.voice.feature import FEATURE as VOICE
from coterie.webhooks.feature import FEATURE as WEBHOOKS

FEATURES: Final[Sequence[Feature]] = (
    ACCOUNTS,
    SECOND_FACTOR,
    PASSKEYS,
    ACCOUNT_DELETION,
    ACCOUNT_EXPORT,
    ACCESS_TOKENS,
    REGISTRATION,
    MAIL,
    PROFILES,
    FRIENDS,
    SERVERS,
    CHANNELS,
    ROLES,
    MESSAGES,
    CONVERSATIONS,
    DOCUMENTS,
    INVITES,
    MODERATION,
    REPORTS,
    RETENTION,
    AUTOMOD,
    NOTIFICATIONS,
    EMAIL_NOTIFICATIONS,
    INBOX,
    PRESENCE,
    POLLS,
    SCHEDULED_EVENTS,
    SEARCH,
    VOICE,
    AUDIT,
    SECURITY_EVENTS,
    ADMINISTRATION,
    FILES,
    EXPORTING,
    AVATARS,
    EMOJIS,
    WEBHOOKS,
    BOTS,
    PREVIEWS,
    GIFS,
    USAGE,
    SYNC,
    HEALTH,
)

ROUTES: Final = [route for feature in FEATURES for route in feature.routes]
LIMITS: Final = (*declared(rate_limits, Limit), *(limit for feature in FEATURES for limit in feature.limits))
ERRORS: Final = (*declared(errors, errors.Entry), *(entry for feature in FEATURES for entry in feature.errors))
AUDIT_ACTIONS: Final = [action for feature in FEATURES for action in feature.audit]
KEYS: Final = [keys for feature in FEATURES for keys in feature.keys]
ROW_LIFETIMES: Final = (*OF_CORE, *(life for feature in FEATURES for life in feature.row_lifetimes))
TRACES: Final = [trace for feature in FEATURES for trace in feature.traces]
