# Adds a program to the project that includes it; its own headers have all the library's names.
set(root ${CMAKE_CURRENT_LIST_DIR}/../..)
file(GLOB_RECURSE headers RELATIVE ${root} ${root}/xgrad.hpp ${root}/autograd/*.hpp
     ${root}/nn/*.hpp ${root}/optim/*.hpp ${root}/data/*.hpp ${root}/training/*.hpp)
foreach(header IN LISTS headers)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/own/${header}
       "#pragma once\n[[maybe_unused]] constexpr bool the_users_own = true;\n")
endforeach()
add_executable(equal_names ${CMAKE_CURRENT_LIST_DIR}/equal_names.cpp)
target_include_directories(equal_names BEFORE PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/own)
target_link_libraries(equal_names PRIVATE xgrad::xgrad)
