import type {
  DialogsCountersOut,
  DialogsDialogOut,
  DialogsDialogSummary,
  DialogsMessageOut,
  DialogsThread,
} from '~/api';

import type { Change, ToldCounters } from './changes';
import { judge, type ListFilters } from './list-filters';
import type { Answered } from './projections';

export const PROJECT = 'project';
export const ME = 'me';
const OTHER = 'other';
const PAGE = 3;
const LIST_PAGE = 2;

const later = (a: DialogsMessageOut, b: DialogsMessageOut) =>
  a.place[0] - b.place[0] || a.place[1] - b.place[1];

/** The simplest server that keeps the promises of the real one: versions, places, positions and cursors. */
export class ModelServer {
  changes: Change[] = [];
  position = 0;
  /** Changes up to this one are not told any more. */
  forgotten = 0;
  readonly dialogIds = ['dialog-1', 'dialog-2', 'dialog-3'];
  readonly #dialogs = new Map<string, DialogsDialogSummary>();
  readonly #messages = new Map<string, DialogsMessageOut[]>();
  #clock = 0;
  #made = 0;

  constructor() {
    for (const id of this.dialogIds) {
      this.#dialogs.set(id, dialogOf(id, this.#now()));
      this.#messages.set(id, []);
      for (let n = 0; n < 5; n += 1) this.act(id, 0, 0);
    }
    this.forget();
  }

  /** Do one of the things that happen to a dialog. Gives what a call that caused it would have answered. */
  act(id: string, act: number, pick: number): Answered {
    const messages = this.#messages.get(id) ?? [];
    const chosen = messages[pick % Math.max(1, messages.length)];
    const dialog = { ...this.dialog(id) };
    dialog.version += 1;
    this.#dialogs.set(id, dialog);
    switch (act) {
      case 0:
        return this.#write(dialog, 'customer');
      case 1:
        return this.#write(dialog, 'operator');
      case 2:
        return chosen ? this.#change(dialog, { ...chosen, text: `${chosen.text}!` }) : this.#tell(dialog);
      case 3:
        // A queued reply is sent, and moves to its place in the messenger's order.
        return chosen?.state === 'queued'
          ? this.#change(dialog, { ...chosen, state: 'sent', place: [this.#number(messages), 0] }, true)
          : this.#tell(dialog);
      case 4:
        return chosen ? this.#remove(dialog, chosen) : this.#tell(dialog);
      case 5:
        Object.assign(dialog, { state: 'taken', operator: { id: pick % 2 ? ME : OTHER, name: null } });
        return this.#tell(dialog);
      case 6:
        Object.assign(dialog, { state: 'closed', unread_count: 0, unanswered_since: null });
        return this.#tell(dialog);
      case 7:
        dialog.important = !dialog.important;
        return this.#tell(dialog);
      default:
        return this.#import(dialog);
    }
  }

  /** Forget all changes so far, as after a day. */
  forget(): void {
    this.forgotten = this.position;
    this.changes = [];
  }

  dialog(id: string): DialogsDialogSummary {
    return {
      ...(this.#dialogs.get(id) as DialogsDialogSummary),
      position: this.position,
    } as DialogsDialogOut;
  }

  wholeThread(id: string): DialogsMessageOut[] {
    const through = this.dialog(id).read_through;
    return (this.#messages.get(id) ?? []).toSorted(later).map((one) => readThrough(one, through));
  }

  /** A page of a thread: its end, or what is before a cursor. */
  thread(id: string, before: string | null = null): DialogsThread {
    const at = before?.split('.').map(Number);
    const all = this.wholeThread(id).filter(
      (one) => !at || later(one, { place: at } as DialogsMessageOut) < 0,
    );
    const items = all.slice(-PAGE);
    return {
      items,
      next_cursor: all.length > items.length ? cursorOf(items[0]) : null,
      later_cursor: before === null ? null : cursorOf(items.at(-1)),
    };
  }

  wholeList(filters: ListFilters): DialogsDialogSummary[] {
    const found = this.dialogIds
      .map((id) => this.dialog(id))
      .filter((one) => judge(filters, one, ME) === 'in');
    return found.toSorted((a, b) => (key(a) < key(b) ? 1 : -1));
  }

  list(
    filters: ListFilters,
    cursor: string | null,
  ): { items: DialogsDialogSummary[]; next_cursor: string | null } {
    const all = this.wholeList(filters).filter((one) => cursor === null || key(one) < cursor);
    const items = all.slice(0, LIST_PAGE);
    const last = items.at(-1);
    return { items, next_cursor: all.length > items.length && last ? key(last) : null };
  }

  counters(): DialogsCountersOut {
    const told = this.#told();
    const own = told.operators[ME];
    return {
      project_id: PROJECT,
      new: told.new,
      all: told.new + told.taken,
      closed: told.closed,
      unread: told.unread,
      unanswered: told.unanswered,
      important: told.important,
      dot: told.dot,
      mine: { all: own?.taken ?? 0, unread: 0, unanswered: 0, important: own?.important ?? 0 },
      position: this.position,
    };
  }

  #told(): ToldCounters {
    const all = this.dialogIds.map((id) => this.dialog(id));
    const count = (holds: (one: DialogsDialogSummary) => boolean) => all.filter(holds).length;
    const own = (one: DialogsDialogSummary) => one.state === 'taken' && one.operator?.id === ME;
    const important = count((one) => one.important && one.state !== 'closed');
    return {
      new: count((one) => one.state === 'new'),
      taken: count((one) => one.state === 'taken'),
      closed: count((one) => one.state === 'closed'),
      unread: 0,
      unanswered: 0,
      important,
      dot: important ? 'red' : null,
      operators: {
        [ME]: {
          taken: count(own),
          unread: 0,
          unanswered: 0,
          important: count((one) => own(one) && one.important),
        },
      },
    };
  }

  #now(): string {
    this.#clock += 1;
    return `2026-01-01T00:00:00.${String(this.#clock).padStart(6, '0')}Z`;
  }

  #number(messages: readonly DialogsMessageOut[]): number {
    return Math.max(0, ...messages.map((one) => one.place[0])) + 1;
  }

  #write(dialog: DialogsDialogSummary, kind: 'customer' | 'operator'): Answered {
    const messages = this.#messages.get(dialog.id) ?? [];
    const message = this.#message(dialog.id, kind);
    const number = this.#number(messages);
    // A reply waits behind the last message until the messenger has given it a number.
    message.place = kind === 'customer' ? [number, 0] : [number - 1, this.#made];
    if (kind === 'customer')
      Object.assign(dialog, { state: dialog.state === 'closed' ? 'new' : dialog.state });
    else
      Object.assign(dialog, { state: 'taken', operator: { id: ME, name: null }, read_through: number - 2 });
    dialog.last_activity_at = this.#now();
    messages.push(message);
    return this.#tell(dialog, { kind: 'message_changed', message });
  }

  #change(dialog: DialogsDialogSummary, message: DialogsMessageOut, isNumbered = false): Answered {
    const messages = this.#messages.get(dialog.id) ?? [];
    const next = { ...message, version: message.version + 1 };
    if (isNumbered) next.conversation_message_id = next.place[0];
    messages[messages.findIndex((one) => one.id === message.id)] = next;
    return this.#tell(dialog, { kind: 'message_changed', message: next });
  }

  #remove(dialog: DialogsDialogSummary, message: DialogsMessageOut): Answered {
    const rest = (this.#messages.get(dialog.id) ?? []).filter((one) => one !== message);
    this.#messages.set(dialog.id, rest);
    return this.#tell(dialog, { kind: 'message_removed', message_id: message.id });
  }

  /** Messages from before the connection come, and none of them is told by itself. */
  #import(dialog: DialogsDialogSummary): Answered {
    const messages = this.#messages.get(dialog.id) ?? [];
    const first = Math.min(1, ...messages.map((one) => one.place[0])) - 2;
    for (const number of [first, first + 1]) {
      messages.push({
        ...this.#message(dialog.id, 'customer'),
        place: [number, 0],
        conversation_message_id: number,
      });
    }
    const said = { count: 2, first_number: first, last_number: first + 1 };
    return this.#tell(dialog, { kind: 'messages_added', messages: said });
  }

  #message(dialogId: string, kind: 'customer' | 'operator'): DialogsMessageOut {
    this.#made += 1;
    const id = `message-${this.#made}`;
    const state = kind === 'customer' ? 'received' : 'queued';
    return {
      id,
      dialog_id: dialogId,
      text: id,
      author: { kind, id: null, name: null },
      state,
      version: 1,
      place: [0, 0],
      conversation_message_id: null,
    } as unknown as DialogsMessageOut;
  }

  #tell(dialog: DialogsDialogSummary, more: Partial<Change> = { kind: 'dialog_changed' }): Answered {
    this.position += 1;
    const told = more.message && readThrough(more.message, dialog.read_through);
    const change = {
      ...more,
      ...(told && { message: told }),
      project_id: PROJECT,
      number: this.position,
      dialog,
    };
    this.changes.push(structuredClone({ ...change, counters: this.#told() }) as Change);
    return structuredClone(told ? { message: told } : { dialog });
  }
}

function cursorOf(message: DialogsMessageOut | undefined): string | null {
  return message?.place.join('.') ?? null;
}

function key(dialog: DialogsDialogSummary): string {
  return `${dialog.last_activity_at} ${dialog.id}`;
}

function readThrough(message: DialogsMessageOut, through: number): DialogsMessageOut {
  const number = message.conversation_message_id;
  return message.state === 'sent' && number !== null && number <= through
    ? { ...message, state: 'read' }
    : message;
}

function dialogOf(id: string, at: string): DialogsDialogSummary {
  return {
    id,
    project_id: PROJECT,
    integration_id: 'integration',
    state: 'new',
    operator: null,
    unread_count: 0,
    unanswered_since: null,
    important: false,
    tags: [],
    read_through: 0,
    seen_through: 0,
    last_activity_at: at,
    version: 1,
  } as unknown as DialogsDialogSummary;
}
