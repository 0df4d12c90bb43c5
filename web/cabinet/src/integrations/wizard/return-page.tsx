import { useQuery } from '@tanstack/react-query';
import { Navigate, useSearch } from '@tanstack/react-router';

import { call, vkGatewayGetConnection } from '~/api';
import { addTexts, useTexts } from '~/i18n';
import { Empty, Loading } from '~/ui/notices';

import { texts } from './texts';

addTexts('wizard', texts);

/** Where VK's pages send people back to: on to the wizard of the connection's project. */
export function ReturnPage() {
  const t = useTexts('wizard');
  const { connection, outcome } = useSearch({ from: '/inside/integrations/return' });
  const { data, isError } = useQuery({
    queryKey: ['connection', connection],
    enabled: connection !== undefined,
    queryFn: () => call(vkGatewayGetConnection({ path: { connection_id: connection ?? '' } })),
  });
  if (data) {
    return (
      <Navigate
        replace
        to="/projects/$projectId/integrations/new"
        params={{ projectId: data.project_id }}
        search={{ connection, outcome }}
      />
    );
  }
  if (connection !== undefined && !isError) return <Loading />;
  return (
    <Empty title={t('outcome_title')}>
      {t(`outcomes.${outcome}`, { defaultValue: t('outcomes.other') })}
    </Empty>
  );
}
