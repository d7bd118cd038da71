-- vermagics --
-- What kernels want of a module's vermagic.
SELECT id, vermagic FROM build WHERE id = ANY (%(builds)s::int[])
