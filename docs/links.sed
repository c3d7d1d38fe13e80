# From build/PRESET/docs/html to the source folder.
s#(\]\(|^\[[a-z_0-9]+\]: )(\.\./)?((autograd|nn|optim|data|training|distributed|examples|tests|benchmarks|scripts|cmake)[/)])#\1../../../../\3#g
