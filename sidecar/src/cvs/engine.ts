/** Raised by every change of documents/ or cvs/extract/ that can change what is read from the same bytes. */
export const cvEngineVersion = '1';
