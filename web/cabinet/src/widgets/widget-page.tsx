import { Anchor, Button, Card, Code, CopyButton, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import {
  call,
  widgetConfigChangeDraft,
  widgetConfigDeleteWidget,
  widgetConfigDropDraft,
  widgetConfigPublishDraft,
  widgetConfigReadWidget,
  type WidgetConfigSetup,
  type WidgetConfigWidgetOut,
} from '~/api';
import { addTexts, useTexts } from '~/i18n';
import { integrationsQuery } from '~/integrations/queries';
import { useIsAtLeast } from '~/session/session';
import { Failure, Loading } from '~/ui/notices';
import { Page } from '~/ui/page';
import '~/ui/styles';
import { tell } from '~/ui/tell';

import { ChannelsCard } from './channels-card';
import { LookCard } from './look-card';
import { Preview } from './preview';
import { widgetQuery } from './queries';
import { setupOf } from './setup';
import { texts } from './texts';
import { VersionsCard } from './versions-card';
import classes from './widgets.module.css';

addTexts('widgets', texts);

/** The editor of one widget, with a live preview; visitors see what is published. */
export function WidgetPage() {
  const t = useTexts('widgets');
  const { projectId, widgetId } = useParams({ from: '/inside/projects/$projectId/widgets/$widgetId' });
  const widget = useQuery(widgetQuery(widgetId));
  if (widget.isPending) return <Loading />;
  if (!widget.data) return <Failure error={widget.error} onRetry={() => widget.refetch()} />;
  return (
    <Page
      title={widget.data.name}
      size="xl"
      about={
        <Anchor
          size="sm"
          renderRoot={(props) => <Link to="/projects/$projectId/widgets" params={{ projectId }} {...props} />}
        >
          ← {t('back')}
        </Anchor>
      }
    >
      <Editor key={widgetId} widget={widget.data} />
    </Page>
  );
}

function Editor({ widget }: { widget: WidgetConfigWidgetOut }) {
  const t = useTexts('widgets');
  const client = useQueryClient();
  const isAdmin = useIsAtLeast('admin', widget.project_id);
  const integrations = useQuery(integrationsQuery(widget.project_id));
  const [setup, setSetup] = useState(() => setupOf(widget));
  const [isChanged, setChanged] = useState(false);
  const path = { widget_id: widget.id };
  const settle = async (after: WidgetConfigWidgetOut) => {
    client.setQueryData(widgetQuery(widget.id).queryKey, after);
    setSetup(setupOf(after));
    setChanged(false);
    await client.invalidateQueries({ queryKey: ['widgets', widget.project_id] });
    await client.invalidateQueries({ queryKey: ['widget-versions', widget.id] });
  };
  const body = (): WidgetConfigSetup => ({ ...setup, sites: setup.sites.filter(Boolean) });
  const save = useMutation({
    mutationFn: () => call(widgetConfigChangeDraft({ path, body: body() })),
    onSuccess: async (after) => {
      await settle(after);
      tell(t('draft_saved'));
    },
  });
  const publish = useMutation({
    mutationFn: async () => {
      if (isChanged) await call(widgetConfigChangeDraft({ path, body: body() }));
      return call(widgetConfigPublishDraft({ path }));
    },
    onSuccess: async (after) => {
      await settle(after);
      tell(t('published'));
    },
  });
  const drop = useMutation({
    mutationFn: () => call(widgetConfigDropDraft({ path })),
    onSuccess: async () => {
      const after = await call(widgetConfigReadWidget({ path }));
      await settle(after);
    },
  });
  const change = (after: WidgetConfigSetup) => {
    setSetup(after);
    setChanged(true);
  };
  const known = integrations.data ?? [];
  const failed = save.error ?? publish.error ?? drop.error;
  return (
    <div className={classes.editor}>
      <Stack>
        <fieldset disabled={!isAdmin} style={{ display: 'contents' }}>
          <ChannelsCard setup={setup} integrations={known} onChange={change} />
          <LookCard setup={setup} onChange={change} />
        </fieldset>
        {failed && <Failure error={failed} />}
        {isAdmin && (
          <Group>
            <Button
              loading={publish.isPending}
              disabled={!isChanged && widget.draft === null}
              onClick={() => publish.mutate()}
            >
              {t('publish')}
            </Button>
            <Button
              variant="default"
              loading={save.isPending}
              disabled={!isChanged}
              onClick={() => save.mutate()}
            >
              {t('save_draft')}
            </Button>
            <Button
              variant="subtle"
              disabled={!isChanged && widget.draft === null}
              loading={drop.isPending}
              onClick={() => drop.mutate()}
            >
              {t('drop')}
            </Button>
          </Group>
        )}
        <EmbedCode code={widget.embed_code} />
        <VersionsCard widget={widget} mayRestore={isAdmin} onRestored={settle} />
        {isAdmin && <DeleteWidget widget={widget} />}
      </Stack>
      <div className={classes.stage}>
        <Preview setup={setup} integrations={known} />
      </div>
    </div>
  );
}

function EmbedCode({ code }: { code: string }) {
  const t = useTexts('widgets');
  return (
    <Card withBorder component="section">
      <Stack gap="xs" align="start">
        <Title order={2} size="h4">
          {t('code')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('code_about')}
        </Text>
        <Code block w="100%" style={{ whiteSpace: 'pre-wrap' }} className="wrapping">
          {code}
        </Code>
        <CopyButton value={code}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? t('copied') : t('copy')}
            </Button>
          )}
        </CopyButton>
      </Stack>
    </Card>
  );
}

function DeleteWidget({ widget }: { widget: WidgetConfigWidgetOut }) {
  const t = useTexts('widgets');
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => call(widgetConfigDeleteWidget({ path: { widget_id: widget.id } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['widgets', widget.project_id] });
      await navigate({ to: '/projects/$projectId/widgets', params: { projectId: widget.project_id } });
    },
  });
  return (
    <>
      <Button variant="outline" color="red" w="fit-content" onClick={() => setAsking(true)}>
        {t('delete')}
      </Button>
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={t('delete_title', { name: widget.name })}
      >
        <Stack>
          <Text size="sm">{t('delete_about')}</Text>
          {remove.isError && <Failure error={remove.error} />}
          <Group justify="end">
            <Button variant="default" onClick={() => setAsking(false)}>
              {t('cancel')}
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
              {t('delete')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
