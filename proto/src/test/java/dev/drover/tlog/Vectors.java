package dev.drover.tlog;

import dev.drover.crypto.Sha256;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Published vectors of a few lines, and a tree that is the RFC's definition word for word. */
final class Vectors {
  /** The eight leaves that every implementation since Certificate Transparency is tested with. */
  static final List<byte[]> CLASSIC_LEAVES =
      Stream.of(
              "",
              "00",
              "10",
              "2021",
              "3031",
              "40414243",
              "5051525354555657",
              "606162636465666768696a6b6c6d6e6f")
          .map(HexFormat.of()::parseHex)
          .toList();

  /** Roots over the first 0 to 8 of them. */
  static final List<String> CLASSIC_ROOTS =
      List.of(
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

  /** Entries of the test log of transparency-dev/tessera. */
  static final List<byte[]> TESSERA_ENTRIES =
      Stream.of(
              ("one two three four five six seven eit nain ten ileven twelf threeten fourten"
                      + " fivten")
                  .split(" "))
          .map(word -> word.getBytes(StandardCharsets.UTF_8))
          .toList();

  /** Published test key of that log; it protects nothing. */
  static final String TESSERA_SIGNER =
      "PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";

  static final String TESSERA_VERIFIER =
      "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

  private Vectors() {}

  /** Returns MTH(D[low:high]) exactly as RFC 6962 section 2.1 defines it. */
  static Sha256 definedRoot(List<byte[]> entries) {
    if (entries.isEmpty()) {
      return Sha256.of();
    }
    if (entries.size() == 1) {
      return Sha256.of(new byte[] {0}, entries.get(0));
    }
    int k = definedSplit(entries.size());
    Sha256 left = definedRoot(entries.subList(0, k));
    Sha256 right = definedRoot(entries.subList(k, entries.size()));
    return Sha256.of(new byte[] {1}, left.toBytes(), right.toBytes());
  }

  /** Returns PATH(m, D[n]) exactly as RFC 6962 section 2.1.1 defines it. */
  static List<Sha256> definedPath(int m, List<byte[]> entries) {
    List<Sha256> path = new ArrayList<>();
    if (entries.size() > 1) {
      int k = definedSplit(entries.size());
      List<byte[]> left = entries.subList(0, k);
      List<byte[]> right = entries.subList(k, entries.size());
      path.addAll(m < k ? definedPath(m, left) : definedPath(m - k, right));
      path.add(definedRoot(m < k ? right : left));
    }
    return path;
  }

  /** Returns SUBPROOF(m, D[n], whole) exactly as RFC 6962 section 2.1.2 defines it. */
  static List<Sha256> definedSubproof(int m, List<byte[]> entries, boolean whole) {
    List<Sha256> proof = new ArrayList<>();
    int n = entries.size();
    if (m == n) {
      if (!whole) {
        proof.add(definedRoot(entries));
      }
      return proof;
    }
    int k = definedSplit(n);
    List<byte[]> left = entries.subList(0, k);
    List<byte[]> right = entries.subList(k, n);
    proof.addAll(m <= k ? definedSubproof(m, left, whole) : definedSubproof(m - k, right, false));
    proof.add(definedRoot(m <= k ? right : left));
    return proof;
  }

  private static int definedSplit(int n) {
    int k = 1;
    while (k * 2 < n) {
      k *= 2;
    }
    return k;
  }

  /** Returns this many different entries of different lengths. */
  static List<byte[]> entries(int count) {
    List<byte[]> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add("entry ".repeat(i % 3).concat("number " + i).getBytes(StandardCharsets.UTF_8));
    }
    return entries;
  }

  static MemoryTree tree(List<byte[]> entries) {
    MemoryTree tree = new MemoryTree();
    entries.forEach(entry -> tree.append(Merkle.leaf(entry)));
    return tree;
  }

  /** Returns a folder of larger published vectors where the machine has a copy of them. */
  static Optional<Path> sharedFolder(String name) {
    String set = System.getProperty("drover.sharedData", System.getenv("DROVER_SHARED_DATA"));
    Stream<Path> candidates =
        set == null
            ? Stream.iterate(
                    Path.of("").toAbsolutePath(), path -> path != null, path -> path.getParent())
                .map(path -> path.resolve("shared/data"))
            : Stream.of(Path.of(set));
    return candidates.map(path -> path.resolve(name)).filter(Files::isDirectory).findFirst();
  }
}
