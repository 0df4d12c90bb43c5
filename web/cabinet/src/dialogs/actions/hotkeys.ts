import { useEffect, useRef } from 'react';

/**
 * Alt and a key, wherever the focus is; by the key's place on the keyboard, so that it works in any layout.
 * Nothing happens while a modal is open.
 */
export function useHotkey(code: `Key${string}`, action: (() => void) | null): void {
  const current = useRef(action);
  useEffect(() => {
    current.current = action;
  }, [action]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isPlain = event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
      if (!isPlain || event.code !== code || !current.current) return;
      if (document.querySelector('[role=dialog][aria-modal=true]')) return;
      event.preventDefault();
      current.current();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [code]);
}
