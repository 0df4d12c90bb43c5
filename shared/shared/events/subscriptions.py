"""Who listens to what: the one answer to "who reacts to this event?".

Publishers and consumers both declare this topology at start, so that an event published before its reader
ever ran waits for it instead of vanishing.
"""

from shared.events import accounts, audit, channel, dialogs, integrations, widgets
from shared.events.envelope import Event

SUBSCRIPTIONS: dict[str, tuple[type[Event], ...]] = {
    "accounts": (audit.ActionRecorded,),
    "vk-gateway": (
        accounts.AccessChanged,
        accounts.ProjectDeleted,
        integrations.IntegrationCreated,
        integrations.IntegrationDeleted,
        integrations.CheckRequested,
        integrations.ImportRequested,
        integrations.ImportCancelled,
        dialogs.ReplyRequested,
        dialogs.ReplyCancelled,
        dialogs.ChangeRequested,
        dialogs.MessagesSeen,
        dialogs.ImportStored,
    ),
    "integrations": (
        accounts.AccessChanged,
        accounts.ProjectCreated,
        accounts.ProjectRenamed,
        accounts.ProjectDeleted,
        channel.AccountLinked,
        channel.AccountChecked,
        channel.HistoryChecked,
        channel.ImportProgressed,
    ),
    "dialogs": (
        accounts.AccessChanged,
        accounts.PersonJoined,
        accounts.PersonLeft,
        accounts.ProjectCreated,
        accounts.ProjectRenamed,
        accounts.ProjectDeleted,
        channel.MessageReceived,
        channel.StaffReplied,
        channel.MessageEdited,
        channel.MessageDeleted,
        channel.MessagesRead,
        channel.ReactionChanged,
        channel.ButtonPressed,
        channel.ContactUpdated,
        channel.ReplySent,
        channel.ReplyUnconfirmed,
        channel.ReplyFailed,
        channel.ChangeApplied,
        channel.ChangeFailed,
        channel.WritingPermissionChanged,
        channel.AttachmentCopied,
        channel.MessagesImported,
        integrations.IntegrationCreated,
        integrations.IntegrationStateChanged,
        integrations.IntegrationDeleted,
        widgets.VisitMarked,
    ),
    "widget-config": (
        accounts.AccessChanged,
        accounts.ProjectDeleted,
        integrations.IntegrationCreated,
        integrations.IntegrationStateChanged,
        integrations.IntegrationDeleted,
    ),
}


def readers_of(event_type: str) -> list[str]:
    """Return the names of the services that listen to an event type."""
    return [name for name, events in SUBSCRIPTIONS.items() if any(e.type == event_type for e in events)]
