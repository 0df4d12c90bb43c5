import { Menu } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link, useNavigate, useParams } from '@tanstack/react-router';

import { useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';

/** The person's projects. */
export function ProjectSwitchItems() {
  const t = useTexts('app');
  const { projects } = useIdentity();
  const { projectId } = useParams({ strict: false });
  const navigate = useNavigate();
  return (
    <>
      {projects.map((project) => (
        <Menu.Item
          key={project.id}
          role="menuitemradio"
          aria-checked={project.id === projectId}
          className="wrapping"
          fw={project.id === projectId ? 600 : undefined}
          onClick={() => navigate({ to: '/projects/$projectId/dialogs', params: { projectId: project.id } })}
        >
          {project.name}
        </Menu.Item>
      ))}
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
