import { Badge, Button, Card, Group, Modal, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { call, widgetConfigCreateWidget, type WidgetConfigWidgetOut } from '~/api';
import { addTexts, useTexts } from '~/i18n';
import { useIsAtLeast } from '~/session/session';
import { Empty, Failure } from '~/ui/notices';
import { Page } from '~/ui/page';
import '~/ui/styles';

import { widgetsQuery } from './queries';
import { texts } from './texts';
import classes from './widgets.module.css';

addTexts('widgets', texts);

/** The project's widgets. */
export function WidgetsPage() {
  const t = useTexts('widgets');
  const { projectId } = useParams({ from: '/inside/projects/$projectId/widgets' });
  const isAdmin = useIsAtLeast('admin', projectId);
  const [isMaking, setMaking] = useState(false);
  const widgets = useInfiniteQuery(widgetsQuery(projectId));
  const rows = widgets.data?.pages.flatMap((page) => page.items);
  const add = isAdmin && (
    <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setMaking(true)}>
      {t('add')}
    </Button>
  );
  return (
    <Page title={t('title')} about={t('about')} actions={rows?.length ? add : null}>
      {widgets.isPending && <Skeleton height={90} />}
      {widgets.isError && <Failure error={widgets.error} onRetry={() => widgets.refetch()} />}
      {rows?.length === 0 && (
        <Card withBorder>
          <Empty title={t('empty')} action={add}>
            {isAdmin ? t('empty_about') : t('empty_admin')}
          </Empty>
        </Card>
      )}
      <Stack gap="sm">
        {rows?.map((widget) => (
          <Row key={widget.id} widget={widget} />
        ))}
      </Stack>
      {widgets.hasNextPage && (
        <Button
          mt="md"
          variant="default"
          loading={widgets.isFetchingNextPage}
          onClick={() => widgets.fetchNextPage()}
        >
          {t('more')}
        </Button>
      )}
      {isMaking && <MakeWidget projectId={projectId} onClose={() => setMaking(false)} />}
    </Page>
  );
}

function Row({ widget }: { widget: WidgetConfigWidgetOut }) {
  const t = useTexts('widgets');
  return (
    <Card withBorder component="article" aria-label={widget.name} className={classes.row}>
      <Group justify="space-between" gap="xs">
        <Link
          to="/projects/$projectId/widgets/$widgetId"
          params={{ projectId: widget.project_id, widgetId: widget.id }}
          className={classes.name}
        >
          {widget.name}
        </Link>
        {widget.draft && (
          <Badge variant="default" tt="none">
            {t('unpublished')}
          </Badge>
        )}
      </Group>
      <Text size="sm" c="dimmed" className="wrapping">
        {widget.channels.map((channel) => channel.name).join(', ') || t('channels_none')}
      </Text>
    </Card>
  );
}

function MakeWidget({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const t = useTexts('widgets');
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const make = useMutation({
    mutationFn: () => call(widgetConfigCreateWidget({ body: { project_id: projectId, name } })),
    onSuccess: async (widget) => {
      await client.invalidateQueries({ queryKey: ['widgets', projectId] });
      await navigate({
        to: '/projects/$projectId/widgets/$widgetId',
        params: { projectId, widgetId: widget.id },
      });
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('add')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t('name')}
            description={t('name_about')}
            required
            maxLength={100}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {make.isError && <Failure error={make.error} />}
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={make.isPending}>
              {t('create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
