import type { Change } from './changes';
import { notifyChoice } from './notify-settings-store';
import { noteworthy, type Noteworthy } from './noteworthy';
import { awaitGesture, beep, canSound } from './sound';

type Said =
  | { kind: 'here'; tab: string; isFocused: boolean; canSound: boolean; path: string }
  | { kind: 'gone'; tab: string }
  | { kind: 'beep'; tab: string };

interface Place {
  isFocused: boolean;
  canSound: boolean;
  path: string;
}

/** Where a dialog is in the cabinet. */
const pathOf = ({ dialog }: Noteworthy) => `/projects/${dialog.project_id}/dialogs/${dialog.id}`;

/**
 * Tells of new messages, once in a browser: the tab that keeps the connection decides, a tab that may make sounds
 * makes them. Nothing is told of the dialog that the person looks at.
 */
export class Notifier {
  readonly #tab = String(Math.random());
  readonly #operatorId: string;
  readonly #open: (path: string) => void;
  readonly #places = new Map<string, Place>();
  readonly #channel: BroadcastChannel | null;

  constructor(operatorId: string, open: (path: string) => void) {
    this.#operatorId = operatorId;
    this.#open = open;
    this.#channel =
      'BroadcastChannel' in globalThis ? new BroadcastChannel(`otklik.notify.${operatorId}`) : null;
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<Said>) => this.#heard(data));
    awaitGesture();
    canSound.subscribe(() => this.#tell());
    for (const event of ['focus', 'blur', 'pageshow']) addEventListener(event, () => this.#tell());
    addEventListener('pagehide', () => this.#say({ kind: 'gone', tab: this.#tab }));
    this.#tell();
  }

  /** Take news; only the tab that keeps the connection tells of them. */
  take(news: readonly Change[], isLeader: boolean): void {
    const found = noteworthy(news, this.#operatorId);
    if (!isLeader || found.length === 0) return;
    const here = [...this.#places.values(), this.#place()];
    const unseen = found.filter(
      (one) => !here.some((place) => place.isFocused && place.path === pathOf(one)),
    );
    if (unseen.length === 0) return;
    if (notifyChoice.get().sound) this.#beep();
    if (notifyChoice.get().desktop && !here.some((place) => place.isFocused))
      unseen.forEach((one) => this.#show(one));
  }

  #place(): Place {
    return { isFocused: document.hasFocus(), canSound: canSound.get(), path: location.pathname };
  }

  #tell(): void {
    this.#say({ kind: 'here', tab: this.#tab, ...this.#place() });
  }

  #say(said: Said): void {
    this.#channel?.postMessage(said);
  }

  #heard(said: Said): void {
    if (said.kind === 'beep') {
      if (said.tab === this.#tab) void beep();
    } else if (said.kind === 'gone') {
      this.#places.delete(said.tab);
    } else {
      const isUnknown = !this.#places.has(said.tab);
      this.#places.set(said.tab, said);
      if (isUnknown) this.#tell();
    }
  }

  #beep(): void {
    const able = [...this.#places].find(([, place]) => place.canSound);
    if (canSound.get() || !able) void beep();
    else this.#say({ kind: 'beep', tab: able[0] });
  }

  #show(one: Noteworthy): void {
    if (!('Notification' in globalThis) || Notification.permission !== 'granted') return;
    const body = one.message.text.slice(0, 200) || '…';
    // The same dialog again replaces what was shown of it.
    const shown = new Notification(one.dialog.contact.name, { body, tag: one.dialog.id, icon: '/icon.svg' });
    shown.addEventListener('click', () => {
      window.focus();
      this.#open(pathOf(one));
      shown.close();
    });
  }
}
