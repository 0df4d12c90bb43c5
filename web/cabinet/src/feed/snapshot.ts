import { call } from '~/api';

interface Answer<T> {
  data?: T;
  error?: unknown;
  response?: Response;
}

/** Wait for a call; gives its data and the change of the project up to which it is complete. */
export async function snapshot<T>(answer: Promise<Answer<T>>): Promise<{ data: T; position: number }> {
  let position = 0;
  const data = await call(
    answer.then((one) => {
      position = Number(one.response?.headers.get('X-Otklik-Position') ?? 0);
      return one;
    }),
  );
  return { data, position };
}
