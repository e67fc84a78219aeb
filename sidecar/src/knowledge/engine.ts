/** Raised by every change of this folder that can change what is found or answered from the same passages. */
export const knowledgeEngineVersion = '1';
