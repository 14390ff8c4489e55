// A fresh directory that is gone, with all in it, when its object is.
#ifndef EVLOG_TESTS_SUPPORT_TEMP_DIR_H_
#define EVLOG_TESTS_SUPPORT_TEMP_DIR_H_

#include <string>
#include <string_view>

namespace evlog {

class TempDir {
 public:
  // In `parent`, or else in $TMPDIR, or /tmp. Aborts when there is no room for it: no test can go
  // on without.
  explicit TempDir(std::string_view parent = {});
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  // `name` within the directory.
  std::string Path(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_TEMP_DIR_H_
