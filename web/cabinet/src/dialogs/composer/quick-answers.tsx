import { Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useId, useState } from 'react';

import { call, dialogsListQuickAnswersOfAProject, type DialogsQuickAnswerOut } from '~/api';
import { useTexts } from '~/i18n';

import classes from './composer.module.css';
import { type Call, callAt, fitting } from './slash';

const SHOWN_MAX = 50;

export interface Calls {
  call: Call | null;
  shown: DialogsQuickAnswerOut[];
  isLoading: boolean;
  active: number;
  setActive: (index: number) => void;
  choose: (answer: DialogsQuickAnswerOut) => void;
  look: (text: string, caret: number) => void;
  end: () => void;
  onKey: (event: KeyboardEvent) => boolean;
  /** What a screen reader needs to know at the text, at the list and at each answer. */
  field: Record<string, string>;
  list: { role: 'listbox'; id: string };
  option: (index: number) => { role: 'option'; id: string; 'aria-selected': boolean };
}

/** Follows what is called by `/` in a text, and the keys that choose among the answers found. */
export function useQuickAnswers(
  projectId: string,
  onChosen: (called: Call, answer: DialogsQuickAnswerOut) => void,
): Calls {
  const id = useId();
  const [called, setCalled] = useState<Call | null>(null);
  const [active, setActive] = useState(0);
  const { data, isPending } = useQuery({
    queryKey: ['quick-answers', projectId],
    queryFn: () => call(dialogsListQuickAnswersOfAProject({ query: { project_id: projectId } })),
    enabled: called !== null,
  });
  const shown = called ? fitting(data?.items ?? [], called.query).slice(0, SHOWN_MAX) : [];
  const current = shown[active];
  const isOpen = called !== null && (shown.length > 0 || called.query === '');
  const end = () => setCalled(null);
  const choose = (answer: DialogsQuickAnswerOut) => {
    if (called) onChosen(called, answer);
    end();
  };
  const onKey = ({ key, shiftKey }: KeyboardEvent): boolean => {
    if (!isOpen) return false;
    if (key === 'Escape') {
      end();
      return true;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (step && shown.length) setActive((active + step + shown.length) % shown.length);
    else if ((key === 'Enter' || key === 'Tab') && !shiftKey && current) choose(current);
    else return false;
    return true;
  };
  return {
    call: isOpen ? called : null,
    shown,
    isLoading: isPending,
    active,
    setActive,
    choose,
    look: (text, caret) => {
      setCalled(callAt(text, caret));
      setActive(0);
    },
    end,
    onKey,
    field: {
      'aria-autocomplete': 'list',
      'aria-haspopup': 'listbox',
      ...(isOpen && { 'aria-controls': id }),
      ...(isOpen && current && { 'aria-activedescendant': `${id}-${active}` }),
    },
    list: { role: 'listbox', id },
    option: (index) => ({ role: 'option', id: `${id}-${index}`, 'aria-selected': index === active }),
  };
}

/** The answers that fit, above the text. The caret stays in the text. */
export function QuickAnswers({ calls }: { calls: Calls }) {
  const t = useTexts('composer');
  if (!calls.call) return null;
  return (
    <div className={classes.answers}>
      <Text size="xs" c="dimmed" px="sm" py={6}>
        {t('answers_about')}
      </Text>
      <div {...calls.list} aria-label={t('quick_answers')} className={classes.answerList}>
        {calls.shown.map((answer, index) => (
          <UnstyledButton
            key={answer.id}
            {...calls.option(index)}
            tabIndex={-1}
            className={classes.answer}
            ref={(element) => {
              if (index === calls.active) element?.scrollIntoView({ block: 'nearest' });
            }}
            onMouseEnter={() => calls.setActive(index)}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => calls.choose(answer)}
          >
            <span className={classes.shortcut}>/{answer.shortcut}</span>
            <span className={classes.answerText}>
              {answer.title && <b>{answer.title}. </b>}
              {answer.text}
            </span>
            {answer.files.length > 0 && (
              <span className={classes.answerFiles}>{t('files', { count: answer.files.length })}</span>
            )}
          </UnstyledButton>
        ))}
      </div>
      {calls.shown.length === 0 && (
        <Text size="sm" px="sm" pb="sm">
          {t(calls.isLoading ? 'answers_loading' : 'answers_none')}
        </Text>
      )}
    </div>
  );
}
