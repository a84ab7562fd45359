package dev.drover.deploy.bench;

import java.util.List;

/** One benchmark. */
interface Row {
  /** Returns the name by which it is picked. */
  String name();

  /** Measures, bounded in time and count. */
  List<Figure> run(Bench bench) throws Exception;
}
