// Reads tests/golden/<file>: the bytes on disk, by name. They come from a second implementation of
// the grammars in the headers (Python, by hand).
#ifndef EVLOG_TESTS_LOG_GOLDEN_H_
#define EVLOG_TESTS_LOG_GOLDEN_H_

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

namespace evlog {

// Name -> hex. A test compares the whole map, so that no line of the file goes untested.
using Golden = std::map<std::string, std::string>;

inline Golden ReadGolden(std::string_view file) {
  const std::string path = std::string(EVLOG_TREE "/tests/golden/") + std::string(file);
  std::ifstream in(path);
  Golden golden;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const size_t space = line.find(' ');
    if (space == std::string::npos ||
        !golden.emplace(line.substr(0, space), line.substr(space + 1)).second) {
      std::fprintf(stderr, "%s: malformed, or the name a second time: %s\n", path.c_str(),
                   line.c_str());
      std::abort();
    }
  }
  if (golden.empty()) {
    std::perror(path.c_str());
    std::abort();
  }
  return golden;
}

}  // namespace evlog

#endif  // EVLOG_TESTS_LOG_GOLDEN_H_
