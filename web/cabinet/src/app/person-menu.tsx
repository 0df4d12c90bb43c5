import { Avatar, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { lazy } from 'react';

import { useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';
import { LazyMenu } from '~/ui/lazy-menu';

import classes from './shell.module.css';

const Items = lazy(() =>
  import('./person-menu-items').then((module) => ({ default: module.PersonMenuItems })),
);

/** The signed-in person: language, look, and the way out. */
export function PersonMenu() {
  const t = useTexts('app');
  const { operator } = useIdentity();
  return (
    <LazyMenu
      position="top-start"
      button={(opening) => (
        <UnstyledButton className={classes.person} {...opening}>
          <VisuallyHidden>{t('person', { name: operator.name })}</VisuallyHidden>
          <Avatar name={operator.name} color="initials" size={32} alt="" aria-hidden />
          <span className={classes.personName} aria-hidden>
            {operator.name}
          </span>
        </UnstyledButton>
      )}
    >
      <Items />
    </LazyMenu>
  );
}
