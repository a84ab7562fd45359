/**
 * Grammars that bound what a model may say: a checked subset of GBNF, a matcher for whole answers,
 * and the grammar and reading of answers to a schema. Pure.
 */
@NullMarked
package dev.drover.agent.llm.grammar;

import org.jspecify.annotations.NullMarked;
