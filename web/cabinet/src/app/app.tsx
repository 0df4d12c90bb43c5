import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { queryClient } from '~/api/queries';
import '~/i18n';
import { NoticePlace } from '~/ui/tell';

import { router } from './router';
import { colors, theme } from './theme';

const nonce = document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')?.content ?? '';
setNonce(nonce);

/** The whole cabinet. */
export function App() {
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
