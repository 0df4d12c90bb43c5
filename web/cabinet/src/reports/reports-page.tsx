import { Button, Stack } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';

import { type DialogsReportOut, useProblemText } from '~/api';
import { useProjectId } from '~/feed/use-project-id';
import { addTexts, useLanguage, useTexts } from '~/i18n';
import { useIsAtLeast } from '~/session/session';
import { Empty, Failure, Loading } from '~/ui/notices';
import { Page } from '~/ui/page';
import '~/ui/styles';
import { tell } from '~/ui/tell';

import { Breakdown } from './breakdown';
import { Charts } from './charts';
import { Figures } from './figures';
import { Filters } from './filters';
import { isPossible, periodOf, type ReportSearch, searchOf } from './period';
import { downloadTable, reportQuery, type Wanted } from './queries';
import './reports.css';
import { texts } from './texts';
import { useToday } from './use-today';

addTexts('reports', texts);

/** Figures and charts of the work in some days, and its dialogs as a file. */
export function ReportsPage() {
  const t = useTexts('reports');
  const projectId = useProjectId();
  const seesAll = useIsAtLeast('supervisor', projectId);
  const search = searchOf(useSearch({ strict: false }));
  const navigate = useNavigate();
  const period = periodOf(search, useToday());
  const { community, operator } = search;
  const wanted: Wanted = { projectId, ...period, community, operator };
  const isAsked = isPossible(period);
  const { data, error, refetch, isPlaceholderData } = useQuery({ ...reportQuery(wanted), enabled: isAsked });

  const change = (changed: ReportSearch) =>
    navigate({
      to: '/projects/$projectId/reports',
      params: { projectId },
      search: { ...search, ...changed },
      replace: true,
    });

  return (
    <Page
      title={t('title')}
      about={seesAll ? undefined : t('own_about')}
      actions={<Download wanted={wanted} isAsked={isAsked} />}
      size="xl"
    >
      <Filters projectId={projectId} search={search} period={period} onChange={change} />
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {isAsked && !data && !error && <Loading />}
      {isAsked && data && !error && (
        <div className="report" aria-busy={isPlaceholderData}>
          <Report report={data} />
        </div>
      )}
    </Page>
  );
}

function Download({ wanted, isAsked }: { wanted: Wanted; isAsked: boolean }) {
  const t = useTexts('reports');
  const [language] = useLanguage();
  const say = useProblemText();
  const download = useMutation({
    mutationFn: () => downloadTable(wanted, language),
    onError: (error) => tell(say(error), 'bad'),
  });
  return (
    <Button
      variant="default"
      leftSection={<IconDownload size={16} aria-hidden />}
      disabled={!isAsked}
      loading={download.isPending}
      loaderProps={{ 'aria-label': t('downloading') }}
      onClick={() => download.mutate()}
    >
      {t('download')}
    </Button>
  );
}

function Report({ report }: { report: DialogsReportOut }) {
  const t = useTexts('reports');
  const { by_integration, by_operator } = report;
  if (by_integration.length === 0) return <Empty title={t('nothing')}>{t('nothing_about')}</Empty>;
  const communities = by_integration.map(({ integration, ...figures }) => ({
    id: integration.id,
    name: integration.name ?? t('nameless'),
    figures,
  }));
  const operators = by_operator.map(({ operator, ...figures }) => ({
    id: operator?.id ?? '',
    name: operator ? (operator.name ?? t('nameless')) : t('nobody'),
    figures,
  }));
  return (
    <Stack gap="md">
      <Figures report={report} />
      <Charts report={report} />
      <Breakdown title={t('by_community')} unit={t('community')} lines={communities} />
      <Breakdown title={t('by_operator')} unit={t('operator')} lines={operators} />
    </Stack>
  );
}
