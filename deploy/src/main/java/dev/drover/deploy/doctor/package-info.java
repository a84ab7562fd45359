/**
 * {@code drover doctor}: looks at this machine, at an agent's and a hub's directory and at the way
 * to the hub, and says what is wrong and how to mend it. It changes nothing that it finds.
 */
@NullMarked
package dev.drover.deploy.doctor;

import org.jspecify.annotations.NullMarked;
