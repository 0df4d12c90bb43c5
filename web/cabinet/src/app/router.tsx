import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';

import { queryClient } from '~/api/queries';
import { searchOf as dialogsSearchOf } from '~/dialogs/list/search';
import { type ReportSearch, searchOf } from '~/reports/period';
import { sessionQuery } from '~/session/session';
import { Loading } from '~/ui/notices';

import { BrokenPage, NotFoundPage } from './lost-pages';
import { Shell } from './shell';

// Where nearly everybody begins: its code comes while the session is asked for.
const dialogsPage = () => import('~/dialogs/dialogs-page');
if (/^\/($|projects\/[^/]+\/dialogs)/.test(location.pathname)) void dialogsPage();

const LAST_PROJECT = 'otklik.project';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { to?: string } => ({
    // Only a path of ours: an address of elsewhere would send a person there with our good name.
    to: typeof search.to === 'string' && /^\/(?![/\\])/.test(search.to) ? search.to : undefined,
  }),
  component: lazyRouteComponent(() => import('~/session/sign-in-page'), 'SignInPage'),
});

const enrolment = createRoute({
  getParentRoute: () => root,
  path: '/enrolments/$token',
  component: lazyRouteComponent(() => import('~/session/enrolment-page'), 'EnrolmentPage'),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ location }) => {
    const identity = await queryClient.ensureQueryData(sessionQuery);
    if (!identity) throw redirect({ to: '/sign-in', search: { to: location.href } });
    return { identity };
  },
});

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: ({ context: { identity } }) => {
    const last = localStorage.getItem(LAST_PROJECT);
    const project = identity.projects.find((one) => one.id === last) ?? identity.projects[0];
    if (!project) throw redirect({ to: '/new-project' });
    throw redirect({ to: '/projects/$projectId/dialogs', params: { projectId: project.id } });
  },
});

const newProject = createRoute({
  getParentRoute: () => inside,
  path: '/new-project',
  component: lazyRouteComponent(() => import('~/session/first-project-page'), 'FirstProjectPage'),
});

const project = createRoute({
  getParentRoute: () => inside,
  path: '/projects/$projectId',
  beforeLoad: ({ params, context: { identity } }) => {
    if (!identity.projects.some((one) => one.id === params.projectId)) throw redirect({ to: '/' });
    localStorage.setItem(LAST_PROJECT, params.projectId);
  },
  component: Shell,
});

const dialogs = createRoute({
  getParentRoute: () => project,
  path: '/dialogs',
  validateSearch: dialogsSearchOf,
  component: lazyRouteComponent(dialogsPage, 'DialogsPage'),
});

const dialog = createRoute({
  getParentRoute: () => dialogs,
  path: '/$dialogId',
  component: lazyRouteComponent(() => import('~/dialogs/dialog-view'), 'DialogView'),
});

const integrations = createRoute({
  getParentRoute: () => project,
  path: '/integrations',
  component: lazyRouteComponent(() => import('~/integrations/integrations-page'), 'IntegrationsPage'),
});

const connecting = (search: Record<string, unknown>): { connection?: string; outcome?: string } => ({
  connection: typeof search.connection === 'string' ? search.connection : undefined,
  outcome: typeof search.outcome === 'string' ? search.outcome : undefined,
});

const newIntegration = createRoute({
  getParentRoute: () => project,
  path: '/integrations/new',
  validateSearch: connecting,
  component: lazyRouteComponent(() => import('~/integrations/wizard/wizard-page'), 'WizardPage'),
});

const returnFromVk = createRoute({
  getParentRoute: () => inside,
  path: '/integrations/return',
  validateSearch: connecting,
  component: lazyRouteComponent(() => import('~/integrations/wizard/return-page'), 'ReturnPage'),
});

const integration = createRoute({
  getParentRoute: () => project,
  path: '/integrations/$integrationId',
  component: lazyRouteComponent(() => import('~/integrations/integration-page'), 'IntegrationPage'),
});

const widgets = createRoute({
  getParentRoute: () => project,
  path: '/widgets',
  component: lazyRouteComponent(() => import('~/widgets/widgets-page'), 'WidgetsPage'),
});

const widget = createRoute({
  getParentRoute: () => project,
  path: '/widgets/$widgetId',
  component: lazyRouteComponent(() => import('~/widgets/widget-page'), 'WidgetPage'),
});

const reports = createRoute({
  getParentRoute: () => project,
  path: '/reports',
  validateSearch: (search: Record<string, unknown>): ReportSearch => searchOf(search),
  component: lazyRouteComponent(() => import('~/reports/reports-page'), 'ReportsPage'),
});

const settings = createRoute({
  getParentRoute: () => project,
  path: '/settings/{-$section}',
  component: lazyRouteComponent(() => import('~/settings/settings-page'), 'SettingsPage'),
});

const tree = root.addChildren([
  signIn,
  enrolment,
  inside.addChildren([
    home,
    newProject,
    returnFromVk,
    project.addChildren([
      dialogs.addChildren([dialog]),
      integrations,
      newIntegration,
      integration,
      widgets,
      widget,
      reports,
      settings,
    ]),
  ]),
]);

/** All pages by address. A page's code is fetched when somebody goes there. */
export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  defaultPendingComponent: Loading,
  defaultErrorComponent: BrokenPage,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
