// Bytes in memory as a file that RocksDB's interface reads from front to back.
#ifndef EVLOG_TESTS_SUPPORT_STRING_FILE_H_
#define EVLOG_TESTS_SUPPORT_STRING_FILE_H_

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "rocksdb/file_system.h"

namespace evlog {

class StringFile : public rocksdb::FSSequentialFile {
 public:
  // Gives at most `read_bytes_max` bytes a call, as the kernel may.
  explicit StringFile(std::string bytes, size_t read_bytes_max = SIZE_MAX)
      : bytes_(std::move(bytes)), read_bytes_max_(read_bytes_max) {}

  // From the byte `fail_at` on, reading fails.
  void FailAt(size_t fail_at) { fail_at_ = fail_at; }

  rocksdb::IOStatus Read(size_t n, const rocksdb::IOOptions&, rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext*) override {
    if (at_ >= fail_at_) return rocksdb::IOStatus::IOError("as the test wants");
    n = std::min({n, read_bytes_max_, bytes_.size() - at_, fail_at_ - at_});
    std::memcpy(scratch, bytes_.data() + at_, n);
    at_ += n;
    *result = rocksdb::Slice(scratch, n);
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Skip(uint64_t n) override {
    at_ += std::min<uint64_t>(n, bytes_.size() - at_);
    return rocksdb::IOStatus::OK();
  }

 private:
  const std::string bytes_;
  const size_t read_bytes_max_;
  size_t at_ = 0;
  size_t fail_at_ = SIZE_MAX;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_STRING_FILE_H_
