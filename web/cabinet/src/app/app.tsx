import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { useMemo } from 'react';
import { queryClient } from '~/api/queries';
import { addTexts, useTexts } from '~/i18n';
import { NoticePlace } from '~/ui/tell';

import { router } from './router';
import { texts } from './texts';
import { colors, themeWith } from './theme';

addTexts('app', texts);

const nonce = document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')?.content ?? '';
setNonce(nonce);

/** The whole cabinet. */
export function App() {
  const t = useTexts('app');
  const close = t('close');
  const theme = useMemo(() => themeWith(close), [close]);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={colors}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <NoticePlace />
      </QueryClientProvider>
    </MantineProvider>
  );
}
