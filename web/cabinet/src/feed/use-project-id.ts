import { useParams } from '@tanstack/react-router';

/** The project of the page. */
export function useProjectId(): string {
  return useParams({ strict: false }).projectId ?? '';
}
