/** The doctor before real directories, ports, agents and hubs. */
@NullMarked
package dev.drover.deploy.doctor;

import org.jspecify.annotations.NullMarked;
