// The files of this repository that the house rules look at.
#ifndef EVLOG_TESTS_TIDY_TREE_H_
#define EVLOG_TESTS_TIDY_TREE_H_

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source.h"

namespace evlog::tidy {

class Tree {
 public:
  // A tree of files given by path and text.
  explicit Tree(std::vector<Source> sources);

  // Reads the folders of the house below `root`. Aborts when there is nothing there.
  static Tree Load(const std::filesystem::path& root);

  const std::vector<Source>& sources() const { return sources_; }

  // The layer that has the public header <evlog/`name`>, or "".
  std::string_view LayerOfPublicHeader(std::string_view name) const;

  // Is the file named in the CMakeLists.txt of its folder or of one above it?
  bool IsListed(std::string_view path) const;

  // Is the header included by some file other than itself?
  bool IsIncluded(std::string_view path) const { return included_.contains(path); }

  bool Has(std::string_view path) const { return paths_.contains(path); }

 private:
  std::vector<Source> sources_;
  std::set<std::string, std::less<>> paths_;
  std::map<std::string, std::string, std::less<>> public_headers_;  // file name -> layer
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> lists_;  // folder -> words
  std::set<std::string, std::less<>> included_;
};

// The first folder of a path, without a slash; "" for a file of the root.
std::string_view TopFolder(std::string_view path);

// Where the headers of a layer stand that its users include as <evlog/...>.
inline constexpr std::string_view kPublicFolder = "/include/evlog/";

}  // namespace evlog::tidy

#endif  // EVLOG_TESTS_TIDY_TREE_H_
