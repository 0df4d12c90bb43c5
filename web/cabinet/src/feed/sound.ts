import { createStore } from './store';

/** Whether the browser lets this tab make sounds: not before the person has clicked or typed in it. */
export const canSound = createStore(false);

const GESTURES = ['pointerdown', 'keydown'] as const;
let context: AudioContext | null = null;

async function unlock(): Promise<void> {
  context ??= new AudioContext();
  await context.resume();
  if (context.state !== 'running') return;
  canSound.set(true);
  for (const gesture of GESTURES) removeEventListener(gesture, unlock);
}

/** Let the first gesture unlock sounds. */
export function awaitGesture(): void {
  for (const gesture of GESTURES) addEventListener(gesture, unlock);
}

/** Make the sound of a new message: two soft tones, made here and fetched from nowhere. */
export async function beep(): Promise<void> {
  await unlock();
  if (!context || context.state !== 'running') return;
  for (const [pitch, delay] of [
    [880, 0],
    [1318, 0.12],
  ] as const) {
    const at = context.currentTime + delay;
    const tone = new OscillatorNode(context, { frequency: pitch });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.25, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.35);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.4);
  }
}
