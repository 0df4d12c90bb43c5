import { useMediaQuery } from '@mantine/hooks';
import {
  IconChartBar,
  IconMessageChatbot,
  IconMessages,
  IconPlugConnected,
  IconSettings,
} from '@tabler/icons-react';
import { Link, Outlet, useParams } from '@tanstack/react-router';

import { Bell, OfflineBanner, useFeed } from '~/feed';
import { addTexts, useTexts } from '~/i18n';

import { PersonMenu } from './person-menu';
import { ProjectSwitch } from './project-switch';
import classes from './shell.module.css';
import { texts } from './texts';
import { PHONE } from './theme';

addTexts('app', texts);

const SECTIONS = [
  { name: 'dialogs', to: '/projects/$projectId/dialogs', Icon: IconMessages },
  { name: 'integrations', to: '/projects/$projectId/integrations', Icon: IconPlugConnected },
  { name: 'widgets', to: '/projects/$projectId/widgets', Icon: IconMessageChatbot },
  { name: 'reports', to: '/projects/$projectId/reports', Icon: IconChartBar },
  { name: 'settings', to: '/projects/$projectId/settings/{-$section}', Icon: IconSettings },
] as const;

/** What stays around every page of a project. On a phone an open dialog has the screen for itself. */
export function Shell() {
  const t = useTexts('app');
  const isPhone = useMediaQuery(PHONE, undefined, { getInitialValueInEffect: false });
  const { projectId, dialogId } = useParams({ strict: false });
  const params = { projectId: projectId ?? '' };
  const isBare = isPhone && dialogId !== undefined;
  useFeed();
  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip}>
        {t('to_content')}
      </a>
      <OfflineBanner />
      {!isBare && (
        <>
          <header className={classes.top}>
            <ProjectSwitch />
            <Bell />
            {isPhone && <PersonMenu />}
          </header>
          <nav className={classes.sections} aria-label={t('sections')}>
            {SECTIONS.map(({ name, to, Icon }) => (
              <Link key={name} to={to} params={params} className={classes.section}>
                <Icon size={20} stroke={1.6} aria-hidden />
                <span className={classes.sectionName}>{t(name)}</span>
              </Link>
            ))}
          </nav>
          {!isPhone && (
            <div className={classes.bottom}>
              <PersonMenu />
            </div>
          )}
        </>
      )}
      <main id="content" className={classes.main}>
        <Outlet />
      </main>
    </div>
  );
}
