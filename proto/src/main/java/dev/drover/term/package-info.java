/**
 * What every command line of Drover prints alike: tables that fit 80 columns, colour only on a
 * terminal, times and sizes for people, JSON for machines, errors with code, cause and next step.
 */
@NullMarked
package dev.drover.term;

import org.jspecify.annotations.NullMarked;
