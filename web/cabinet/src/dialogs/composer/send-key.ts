/** By which key a message is sent, remembered in this browser. */
import { useSyncExternalStore } from 'react';

export type SendKey = 'enter' | 'ctrl_enter';

interface Pressed {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

const CHOSEN = 'otklik.send_key';
const listeners = new Set<() => void>();

/** Whether a key sends. On a phone Enter is a new line, there is a button at the thumb. */
export function sendsBy(key: SendKey, pressed: Pressed, isPhone: boolean): boolean {
  if (pressed.key !== 'Enter' || pressed.altKey) return false;
  if (pressed.ctrlKey || pressed.metaKey) return true;
  return key === 'enter' && !pressed.shiftKey && !isPhone;
}

function chosen(): SendKey {
  return localStorage.getItem(CHOSEN) === 'ctrl_enter' ? 'ctrl_enter' : 'enter';
}

function choose(key: SendKey): void {
  localStorage.setItem(CHOSEN, key);
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The key that sends, and how to choose another. */
export function useSendKey(): [SendKey, (key: SendKey) => void] {
  return [useSyncExternalStore(subscribe, chosen), choose];
}
