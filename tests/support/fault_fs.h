// A file system that fails when told to, and that can lose its power.
//
//   auto fs = std::make_shared<FaultFs>(temp.Path("stash"));
//   StoreEnvironment environment{fs};                       // or NewCompositeEnv(fs) for RocksDB
//   alone
//
//   fs->Arm({.ops = {FileOp::kSync}, .nth = 3});            // the third sync from now fails with
//   EIO
//
//   fs->CutPower();                                         // from now on all calls fail
//   log.reset();                                            // what had files open is destroyed
//   fs->RestorePower({UnsyncedBytes::kZeroed, UnsyncedNames::kCut}, rng);
//   ... open again, with this file system or the plain one
//
// The files are real ones. Syncs are counted and remembered, but not done, as the disk is a model:
// a test that loses power a thousand times waits for no disk. Log files of RocksDB itself (LOG) are
// not modelled: they are on disk always.
#ifndef EVLOG_TESTS_SUPPORT_FAULT_FS_H_
#define EVLOG_TESTS_SUPPORT_FAULT_FS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/mutex.h"
#include "rocksdb/file_system.h"
#include "tests/support/power_model.h"
#include "tests/support/rng.h"

namespace evlog {

enum class FileOp {
  kOpen,    // of any file, to read or to write
  kRead,    // of a file
  kAppend,  // to a file
  kSync,    // of a file
  kTruncate,
  kRename,
  kDelete,
  kSyncDirectory,
  kList,  // names, sizes, existence
};
inline constexpr size_t kFileOps = 9;

struct Fault {
  std::vector<FileOp> ops = {};  // empty: all of them
  uint64_t nth = 1;              // which call from now on fails, counting those that match
  bool for_ever = false;         // and every one after it
  bool no_space = false;         // ENOSPC instead of EIO
  // A failing append has written half of its bytes.
  bool half_written = false;
  std::string name_contains = {};  // only files with this in their path
};

class FaultFs : public rocksdb::FileSystemWrapper {
 public:
  // `stash`: a directory of its own beside those that it serves, on the same file system.
  explicit FaultFs(std::string stash);

  static const char* kClassName() { return "FaultFs"; }
  const char* Name() const override { return kClassName(); }

  // Replaces what was armed before, and counts from here.
  void Arm(Fault fault) ABSL_LOCKS_EXCLUDED(mu_);
  void Disarm() ABSL_LOCKS_EXCLUDED(mu_);
  // How many calls failed since Arm.
  uint64_t failures() const ABSL_LOCKS_EXCLUDED(mu_);
  // How many calls there were, failed ones included.
  uint64_t count(FileOp op) const ABSL_LOCKS_EXCLUDED(mu_);
  uint64_t count() const ABSL_LOCKS_EXCLUDED(mu_);

  void CutPower() ABSL_LOCKS_EXCLUDED(mu_);
  // Power must be cut, and no file open.
  void RestorePower(const PowerLoss& loss, Rng& rng) ABSL_LOCKS_EXCLUDED(mu_);

  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  // Not modelled, so not supported: RocksDB uses neither unless it is told to.
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus FileExists(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetChildren(const std::string& path, const rocksdb::IOOptions& options,
                                std::vector<std::string>* names,
                                rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options,
                                uint64_t* size, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;

  // Counts the call, and says whether it fails. For the files of this file system.
  rocksdb::IOStatus Admit(FileOp op, const std::string& path) ABSL_LOCKS_EXCLUDED(mu_);
  // The same for an append, and of how many bytes is written before it fails.
  rocksdb::IOStatus AdmitAppend(const std::string& path, size_t size, size_t* written)
      ABSL_LOCKS_EXCLUDED(mu_);
  void Grow(const PowerModel::FilePtr& file, uint64_t size) ABSL_LOCKS_EXCLUDED(mu_);
  void Shrink(const PowerModel::FilePtr& file, uint64_t size) ABSL_LOCKS_EXCLUDED(mu_);
  uint64_t SizeOf(const PowerModel::FilePtr& file) const ABSL_LOCKS_EXCLUDED(mu_);
  rocksdb::IOStatus Sync(const std::string& path, const PowerModel::FilePtr& file)
      ABSL_LOCKS_EXCLUDED(mu_);
  rocksdb::IOStatus SyncDirectory(const std::string& path) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  rocksdb::IOStatus AdmitLocked(FileOp op, const std::string& path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable Mutex mu_;
  bool powered_ ABSL_GUARDED_BY(mu_) = true;
  PowerModel model_ ABSL_GUARDED_BY(mu_);
  std::optional<Fault> fault_ ABSL_GUARDED_BY(mu_);
  uint64_t matched_ ABSL_GUARDED_BY(mu_) = 0;  // calls that the fault looks at, since Arm
  uint64_t failures_ ABSL_GUARDED_BY(mu_) = 0;
  std::array<uint64_t, kFileOps> counts_ ABSL_GUARDED_BY(mu_){};
};

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_FAULT_FS_H_
