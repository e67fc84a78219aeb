import type { Answer } from '../shared/api';

/** An answer in the size of a message: the sentences, their quotes and where these stand. */
export function simplifyAnswer(answer: Answer): object {
  return {
    question: answer.question,
    answer: answer.answer,
    abstained: answer.abstained,
    ...(answer.reason === null ? {} : { reason: answer.reason }),
    citations: answer.citations.map(({ n, title, candidateName, page, quote, sourceId, candidateId }) => ({
      n,
      title,
      page,
      quote,
      ...(candidateId === null ? {} : { candidateName, candidateId }),
      sourceId,
    })),
    mode: answer.mode,
    queryId: answer.id,
  };
}
