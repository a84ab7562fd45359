/**
 * What the device can tell about itself before something starts: its power, what its network costs,
 * whether a person is being answered, its clock and time zone. What it cannot tell is unknown, and
 * unknown never lets anything start.
 */
@NullMarked
package dev.drover.agent.sense;

import org.jspecify.annotations.NullMarked;
