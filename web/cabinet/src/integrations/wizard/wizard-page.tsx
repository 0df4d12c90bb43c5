import { Alert, Anchor, Button, Stack, Stepper } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';

import { call, vkGatewayGetConnection } from '~/api';
import { PHONE } from '~/app/theme';
import { addTexts, useTexts } from '~/i18n';
import { Failure, Loading } from '~/ui/notices';
import { Page } from '~/ui/page';
import '~/ui/styles';

import { ChooseStep } from './choose-step';
import { SaveStep } from './save-step';
import { StartStep } from './start-step';
import { texts } from './texts';

addTexts('wizard', texts);

const ROUTE = '/inside/projects/$projectId/integrations/new';
const WENT_WELL = new Set(['identified', 'given']);
const LOOK_AGAIN_MS = 2_000;
const STEPS = { start: 0, authorizing: 1, choosing: 2, consenting: 1, ready: 3 };

/** Connecting communities, step by step; how far it is, the connection in the address says. */
export function WizardPage() {
  const t = useTexts('wizard');
  const isPhone = useMediaQuery(PHONE, undefined, { getInitialValueInEffect: false });
  const navigate = useNavigate();
  const { projectId } = useParams({ from: ROUTE });
  const { connection: connectionId, outcome } = useSearch({ from: ROUTE });
  const connection = useQuery({
    queryKey: ['connection', connectionId],
    enabled: connectionId !== undefined,
    queryFn: () => call(vkGatewayGetConnection({ path: { connection_id: connectionId ?? '' } })),
    refetchInterval: ({ state }) =>
      state.data?.state === 'authorizing' || state.data?.state === 'consenting' ? LOOK_AGAIN_MS : false,
  });
  const state = connection.data?.state;
  const goOn = (id: string | undefined) =>
    navigate({
      to: '/projects/$projectId/integrations/new',
      params: { projectId },
      search: { connection: id },
    });
  const went = connection.data?.failure ?? (outcome && !WENT_WELL.has(outcome) ? outcome : undefined);
  const isOver = went !== undefined || (state !== undefined && !(state in STEPS));
  return (
    <Page
      title={t('title')}
      size="md"
      about={
        <Anchor
          size="sm"
          renderRoot={(props) => (
            <Link to="/projects/$projectId/integrations" params={{ projectId }} {...props} />
          )}
        >
          ← {t('back')}
        </Anchor>
      }
    >
      <Stack>
        <Stepper
          active={isOver ? 1 : STEPS[(state ?? 'start') as keyof typeof STEPS]}
          size={isPhone ? 'xs' : 'sm'}
        >
          {['start', 'vk', 'choose', 'save'].map((name, index) => (
            <Stepper.Step
              key={name}
              label={isPhone ? undefined : t(`step_${name}`)}
              aria-label={isPhone ? `${index + 1}. ${t(`step_${name}`)}` : undefined}
            />
          ))}
        </Stepper>
        {isOver ? (
          <Alert color="orange" title={t('outcome_title')} role="alert">
            <Stack gap="sm" align="start">
              {t(`outcomes.${went ?? 'other'}`, { defaultValue: t('outcomes.other') })}
              <Button onClick={() => goOn(undefined)}>{t('begin_again')}</Button>
            </Stack>
          </Alert>
        ) : connection.isError ? (
          <>
            <Failure error={connection.error} onRetry={() => connection.refetch()} />
            <Button onClick={() => goOn(undefined)}>{t('begin_again')}</Button>
          </>
        ) : !connectionId ? (
          <StartStep projectId={projectId} onConnection={goOn} />
        ) : state === 'choosing' && connection.data ? (
          <ChooseStep connection={connection.data} onConnection={goOn} />
        ) : state === 'ready' && connection.data ? (
          <SaveStep connection={connection.data} />
        ) : (
          <Loading label={t('waiting')} />
        )}
      </Stack>
    </Page>
  );
}
