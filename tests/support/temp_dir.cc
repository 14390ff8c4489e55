#include "tests/support/temp_dir.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace evlog {

TempDir::TempDir(std::string_view parent) {
  const char* usual = std::getenv("TMPDIR");
  if (parent.empty()) parent = usual != nullptr && *usual != '\0' ? usual : "/tmp";
  path_ = std::string(parent) + "/evlog-test-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) {
    std::perror(path_.c_str());
    std::abort();
  }
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace evlog
