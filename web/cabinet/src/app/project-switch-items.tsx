import { Menu, TextInput } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { useCounters } from '~/feed';
import { useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';

import { ProjectDot } from './project-dot';
import classes from './shell.module.css';

const SEARCHED_FROM = 6;

/** The person's projects, each with its dot; many of them can be searched. */
export function ProjectSwitchItems() {
  const t = useTexts('app');
  const { projects } = useIdentity();
  const { projectId } = useParams({ strict: false });
  const counters = useCounters(projects.map((one) => one.id));
  const [part, setPart] = useState('');
  const navigate = useNavigate();
  const wanted = part.trim().toLocaleLowerCase();
  const shown = projects.filter((one) => one.name.toLocaleLowerCase().includes(wanted));
  return (
    <>
      {projects.length >= SEARCHED_FROM && (
        <TextInput
          className={classes.findProject}
          aria-label={t('find_project')}
          placeholder={t('find_project')}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={part}
          onChange={(event) => setPart(event.currentTarget.value)}
        />
      )}
      <div className={classes.projects}>
        {shown.map((project) => (
          <Menu.Item
            key={project.id}
            role="menuitemradio"
            aria-checked={project.id === projectId}
            className="wrapping"
            fw={project.id === projectId ? 600 : undefined}
            rightSection={<ProjectDot dot={counters?.[project.id]?.dot} where="here" />}
            onClick={() =>
              navigate({ to: '/projects/$projectId/dialogs', params: { projectId: project.id } })
            }
          >
            {project.name}
          </Menu.Item>
        ))}
        {shown.length === 0 && <Menu.Label>{t('no_such_project')}</Menu.Label>}
      </div>
      <Menu.Divider />
      <Menu.Item
        leftSection={<IconPlus size={16} aria-hidden />}
        renderRoot={(props) => <Link to="/new-project" {...props} />}
      >
        {t('new_project')}
      </Menu.Item>
    </>
  );
}
