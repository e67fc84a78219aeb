import { expect, it, vi } from 'vitest';

const builds = vi.hoisted(() => ({ count: 0 }));

vi.mock('../../../sidecar/src/language/findSkills.ts', async (importActual) => {
  const actual = await importActual<typeof import('../../../sidecar/src/language/findSkills.ts')>();
  return {
    ...actual,
    createSkillFinder: (...args: Parameters<typeof actual.createSkillFinder>) => {
      builds.count++;
      return actual.createSkillFinder(...args);
    },
  };
});

it('builds one index for all languages it has no vocabulary of, and one for each it has', async () => {
  const { findSkills } = await import('../../../sidecar/src/language/taxonomy.ts');
  for (const language of ['pl', 'und', 'pl', 'sv', '']) expect(findSkills('Python i spawanie', language)[0]?.skillId).toBe('skill/python');
  expect(builds.count).toBe(1);
  for (const language of ['en', 'en', 'de', 'pl', 'de']) findSkills('Python', language);
  expect(builds.count).toBe(3);
});
