/** One server-sent event. `event` is empty where the server named none, `data` where it only moved the position. */
export interface ServerEvent {
  event: string;
  data: string;
  id: string | null;
  retry: number | null;
}

/** Make a function that takes a stream's text as it comes, in whatever pieces, and gives the whole events in it. */
export function createReader(): (text: string) => ServerEvent[] {
  let rest = '';
  let lines: string[] = [];
  return (text) => {
    const events: ServerEvent[] = [];
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const line = part.endsWith('\r') ? part.slice(0, -1) : part;
      if (line !== '') {
        lines.push(line);
      } else if (lines.length > 0) {
        events.push(eventOf(lines));
        lines = [];
      }
    }
    return events;
  };
}

function eventOf(lines: readonly string[]): ServerEvent {
  const found: ServerEvent = { event: '', data: '', id: null, retry: null };
  const data: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') found.event = value;
    else if (name === 'data') data.push(value);
    else if (name === 'id') found.id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) found.retry = Number(value);
  }
  return { ...found, data: data.join('\n') };
}

/** Read `project:number,project:number`. */
export function positionsOf(id: string): Record<string, number> {
  const parts = id.split(',').map((part) => part.split(':') as [string, string]);
  return Object.fromEntries(parts.map(([projectId, number]) => [projectId, Number(number)]));
}
