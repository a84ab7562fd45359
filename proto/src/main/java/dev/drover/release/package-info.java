/**
 * What a release says: its manifest with artifacts, requirements and questions, and the answer
 * schemas that bound what a question can tell the hub. Pure; documents are read from bytes that
 * were authenticated before.
 */
@NullMarked
package dev.drover.release;

import org.jspecify.annotations.NullMarked;
