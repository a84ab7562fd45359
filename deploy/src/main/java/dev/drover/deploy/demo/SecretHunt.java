package dev.drover.deploy.demo;

import dev.drover.crypto.Hashes;
import dev.drover.deploy.fleet.CheckFailed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Looks for a text in bytes, files and a store, also encoded and as plain hashes. */
final class SecretHunt {
  private final List<byte[]> needles = new ArrayList<>();

  SecretHunt(String secret) {
    byte[] utf8 = secret.getBytes(StandardCharsets.UTF_8);
    needles.add(utf8);
    needles.add(secret.getBytes(StandardCharsets.UTF_16LE));
    needles.add(secret.getBytes(StandardCharsets.UTF_16BE));
    needles.add(ascii(Hashes.hex(utf8)));
    needles.add(ascii(new StringBuilder(secret).reverse().toString()));
    for (int shift = 0; shift < 3; shift++) {
      byte[] padded = new byte[utf8.length + shift];
      System.arraycopy(utf8, 0, padded, shift, utf8.length);
      String text = Base64.getEncoder().encodeToString(padded);
      needles.add(ascii(text.substring(shift == 0 ? 0 : 4, text.length() - 4)));
    }
    needles.add(Hashes.sha256(utf8));
    needles.add(ascii(Hashes.hex(Hashes.sha256(utf8))));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  boolean isIn(byte[] haystack) {
    return needles.stream().anyMatch(needle -> contains(haystack, needle));
  }

  /** Returns whether these very bytes are there. */
  static boolean contains(byte[] haystack, byte[] needle) {
    for (int i = 0; i <= haystack.length - needle.length; i++) {
      int j = 0;
      while (j < needle.length && haystack[i + j] == needle[j]) {
        j++;
      }
      if (j == needle.length) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether a file below the folder holds it, as it lies on the disk. */
  boolean isInFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        boolean model = file.toString().contains("/chunks/");
        if (!model && Files.size(file) < 256L << 20 && isIn(Files.readAllBytes(file))) {
          return true;
        }
      }
      return false;
    }
  }

  /** Returns whether a row of a closed RocksDB store holds it, whatever the compression. */
  boolean isInStore(Path store) {
    try (Options options = new Options();
        DBOptions databaseOptions = new DBOptions();
        ReadOptions reading = new ReadOptions()) {
      List<ColumnFamilyDescriptor> families = new ArrayList<>();
      for (byte[] name : RocksDB.listColumnFamilies(options, store.toString())) {
        families.add(new ColumnFamilyDescriptor(name));
      }
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      try (RocksDB database =
          RocksDB.openReadOnly(databaseOptions, store.toString(), families, handles)) {
        boolean found = handles.stream().anyMatch(handle -> isInRows(database, handle, reading));
        handles.forEach(ColumnFamilyHandle::close);
        return found;
      }
    } catch (RocksDBException failed) {
      throw new CheckFailed("The hub's store cannot be read: " + failed.getMessage());
    }
  }

  private boolean isInRows(RocksDB database, ColumnFamilyHandle handle, ReadOptions reading) {
    try (RocksIterator rows = database.newIterator(handle, reading)) {
      for (rows.seekToFirst(); rows.isValid(); rows.next()) {
        if (isIn(rows.key()) || isIn(rows.value())) {
          return true;
        }
      }
      return false;
    }
  }
}
