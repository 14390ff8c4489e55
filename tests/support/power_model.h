// What is on the disk and what is only in the page cache: the bookkeeping of fault_fs.h.
//
// Files are what RocksDB makes of them: appended to, truncated at times, never overwritten in
// place. A directory is a list of names whose changes reach the disk in order, as a journal writes
// them. New directories are on disk at once.
#ifndef EVLOG_TESTS_SUPPORT_POWER_MODEL_H_
#define EVLOG_TESTS_SUPPORT_POWER_MODEL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/rng.h"

namespace evlog {

// What becomes of the bytes that were written and not synced, in each file.
enum class UnsyncedBytes {
  kKept,       // all reach the disk: as when only the process dies
  kDropped,    // none does
  kCut,        // up to a random byte
  kZeroed,     // up to a random byte, and the last page of them is zeros
  kScrambled,  // up to a random byte, and the last page of them is random
  kHoles,      // pages in any order: those that were not written are zeros
  kAny,        // a draw for each file
};

// What becomes of files created, renamed and deleted when the directory was not synced after.
enum class UnsyncedNames {
  kKept,
  kDropped,  // the directory is as it was at its last sync
  kCut,      // the first so many changes count
};

struct PowerLoss {
  UnsyncedBytes bytes = UnsyncedBytes::kDropped;
  UnsyncedNames names = UnsyncedNames::kDropped;
};

// Not thread-safe. Each call stands before what it announces is done, unless it says otherwise.
class PowerModel {
 public:
  struct File {
    std::string path;  // where its bytes are now
    uint64_t size = 0;
    uint64_t synced_size = 0;
    // Synced bytes that an unsynced truncation took away, from this offset on.
    uint64_t undo_offset = 0;
    std::string undo;
  };
  using FilePtr = std::shared_ptr<File>;

  // `stash`: a directory of our own on the same file system, for the bytes of files that lost their
  // name but may get it back.
  explicit PowerModel(std::string stash);

  // A file that is opened to be written. An existing one is emptied, or appended to.
  FilePtr Create(const std::string& path);
  FilePtr Append(const std::string& path);
  void Truncate(const FilePtr& file, uint64_t size);
  void Rename(const std::string& from, const std::string& to);
  void Link(const std::string& from, const std::string& to);
  void Delete(const std::string& path);

  // After a sync: bytes up to `size` are on disk.
  static void Synced(const FilePtr& file, uint64_t size);
  // After a directory sync: so are its first `changes` changes of names.
  size_t Changes(const std::string& directory) const;
  void DirectorySynced(const std::string& directory, size_t changes);

  // Makes the files what the power loss leaves. Nothing may have them open. What is left is on
  // disk.
  void Lose(const PowerLoss& loss, Rng& rng);

 private:
  struct NameChange {
    std::string name;
    FilePtr file;  // null: the name goes
  };
  using Change = std::vector<NameChange>;  // at once
  struct Directory {
    std::map<std::string, FilePtr> on_disk;
    std::vector<Change> changes;
  };

  // The file of that path; one that we have not seen made is on disk. Null when there is none.
  FilePtr Find(const std::string& path);
  // Keeps the bytes of a file whose name goes.
  void Stash(const FilePtr& file);
  std::string NewStashPath();
  void AddChange(const std::string& directory, Change change);
  std::map<std::string, FilePtr> NamesLeft(const Directory& directory, UnsyncedNames loss,
                                           Rng& rng) const;

  const std::string stash_;
  uint64_t stashed_ = 0;
  std::map<std::string, FilePtr> files_;  // by path
  std::map<std::string, Directory> directories_;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_POWER_MODEL_H_
