// Whole files as strings, for tests that damage them.
#ifndef EVLOG_TESTS_SUPPORT_FILES_H_
#define EVLOG_TESTS_SUPPORT_FILES_H_

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace evlog {

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) {
    std::perror(path.c_str());
    std::abort();
  }
  return bytes;
}

inline void WriteFile(const std::string& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out.good()) {
    std::perror(path.c_str());
    std::abort();
  }
}

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_FILES_H_
