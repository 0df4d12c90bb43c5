/** Blanks of quick answers: `{{contact}}`, `{{first_name}}`, `{{operator}}`, `{{community}}`. */

export type Variables = Record<'contact' | 'first_name' | 'operator' | 'community', string>;

const BLANK = /\{\{\s*([a-z_]+)\s*\}\}/g;

/** What the blanks stand for in a dialog. */
export function variablesOf(contact: string, operator: string, community: string): Variables {
  return { contact, first_name: contact.trim().split(/\s+/u)[0] ?? '', operator, community };
}

/** Fill in the blanks; one that is not known stays as it is, so that somebody sees it. What is filled in is not read again. */
export function filled(text: string, variables: Variables): string {
  return text.replace(BLANK, (blank, name: string) =>
    Object.hasOwn(variables, name) ? variables[name as keyof Variables] : blank,
  );
}
