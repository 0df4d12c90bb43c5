import { UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { lazy } from 'react';

import { useCounters } from '~/feed';
import { useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';
import { LazyMenu } from '~/ui/lazy-menu';

import { ProjectDot } from './project-dot';
import classes from './shell.module.css';

const Items = lazy(() =>
  import('./project-switch-items').then((module) => ({ default: module.ProjectSwitchItems })),
);

/** The project one works in, and the way to another; a dot says that there is work in one of the others. */
export function ProjectSwitch() {
  const t = useTexts('app');
  const { projectId } = useParams({ strict: false });
  const { projects } = useIdentity();
  const name = projects.find((one) => one.id === projectId)?.name ?? '';
  const counters = useCounters(projects.map((one) => one.id));
  const dots = projects.map((one) => (one.id === projectId ? null : counters?.[one.id]?.dot));
  const dot = dots.find((one) => one === 'red') ?? dots.find(Boolean);
  return (
    <LazyMenu
      width={280}
      button={(opening) => (
        <UnstyledButton className={classes.project} {...opening}>
          <span className={classes.projectName}>
            <span className={classes.hidden}>{t('project')}: </span>
            {name}
          </span>
          <ProjectDot dot={dot} where="others" />
          <IconChevronDown size={16} aria-hidden />
        </UnstyledButton>
      )}
    >
      <Items />
    </LazyMenu>
  );
}
