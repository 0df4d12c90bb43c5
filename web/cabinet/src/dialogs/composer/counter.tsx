import { Text } from '@mantine/core';

import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

import { NOTE_CHARACTERS_MAX } from './obstacle';
import { lengthOf } from './units';

/** Tells how much more fits, once that matters; a text that is too long is not cut. */
export function Counter({ text, isNote = false }: { text: string; isNote?: boolean }) {
  const t = useTexts('composer');
  const formats = useFormats();
  const left = isNote ? NOTE_CHARACTERS_MAX - text.length : lengthOf(text).left;
  const isShown = isNote ? left < 500 : lengthOf(text).isNear;
  if (!isShown) return null;
  return (
    <Text component="output" size="xs" c={left < 0 ? 'var(--mantine-color-error)' : 'dimmed'} ta="right">
      {left < 0 ? t('over', { number: formats.number(-left) }) : t('left', { number: formats.number(left) })}
    </Text>
  );
}
