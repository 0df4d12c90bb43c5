import { UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { lazy } from 'react';

import { useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';
import { LazyMenu } from '~/ui/lazy-menu';

import classes from './shell.module.css';

const Items = lazy(() =>
  import('./project-switch-items').then((module) => ({ default: module.ProjectSwitchItems })),
);

/** The project one works in, and the way to another. */
export function ProjectSwitch() {
  const t = useTexts('app');
  const { projectId } = useParams({ strict: false });
  const name = useIdentity().projects.find((one) => one.id === projectId)?.name ?? '';
  return (
    <LazyMenu
      width={260}
      button={(opening) => (
        <UnstyledButton className={classes.project} aria-label={`${t('project')}: ${name}`} {...opening}>
          <span className={classes.projectName}>{name}</span>
          <IconChevronDown size={16} aria-hidden />
        </UnstyledButton>
      )}
    >
      <Items />
    </LazyMenu>
  );
}
