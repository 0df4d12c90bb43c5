import { useCallback } from 'react';

import { useTexts } from '~/i18n';

import { Refusal } from './refusal';
import { readWords } from './words';

/** Give a function that says in words what a failed call means for the reader. */
export function useProblemText(): (error: unknown) => string {
  const t = useTexts('problems');
  return useCallback(
    (error: unknown) => {
      const { code, title, ...details } =
        error instanceof Refusal ? error.problem : { code: 'unknown', title: String(error) };
      void readWords();
      return t(code, { ...details, title, defaultValue: t('unknown', { title: title || code }) });
    },
    [t],
  );
}
