const PREFIX = /^\(\d+\) /;

let waiting = 0;

function apply(): void {
  const bare = document.title.replace(PREFIX, '');
  const wanted = waiting > 0 ? `(${waiting}) ${bare}` : bare;
  if (document.title !== wanted) document.title = wanted;
}

/** Let every page's title begin with how many dialogs wait, and the application's icon show it. */
export function showWaiting(count: number): void {
  if (count === waiting) return;
  waiting = count;
  apply();
  const shown = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
  // Not every system has a place for it.
  shown?.catch(() => {});
}

new MutationObserver(apply).observe(document.head, { childList: true, subtree: true, characterData: true });
