import { createStore } from './store';

/** How this browser tells of new messages. */
export interface NotifyChoice {
  sound: boolean;
  desktop: boolean;
}

const CHOSEN = 'otklik.notify';

function stored(): NotifyChoice {
  try {
    return { sound: true, desktop: false, ...JSON.parse(localStorage.getItem(CHOSEN) ?? '{}') };
  } catch {
    return { sound: true, desktop: false };
  }
}

/** The choice of this browser, the same in all of its tabs. */
export const notifyChoice = createStore<NotifyChoice>(stored());

/** Choose, for this browser. */
export function choose(choice: Partial<NotifyChoice>): void {
  notifyChoice.set({ ...notifyChoice.get(), ...choice });
  localStorage.setItem(CHOSEN, JSON.stringify(notifyChoice.get()));
}

addEventListener('storage', ({ key }) => key === CHOSEN && notifyChoice.set(stored()));
